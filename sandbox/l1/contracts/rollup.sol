// SPDX-License-Identifier: MIT
// The L1 side of a sandbox rollup: small contracts with the events, getters and refusals that the product reads.
pragma solidity ^0.8.28;

struct Batch {
    uint256 number;
    bytes32 hash;
    bytes32 commitment;
    bytes32 logsRoot;
    uint64 firstBlock;
    uint64 lastBlock;
}

struct L2CanonicalTransaction {
    uint256 txType;
    uint256 from;
    uint256 to;
    uint256 gasLimit;
    uint256 gasPerPubdataByteLimit;
    uint256 maxFeePerGas;
    uint256 maxPriorityFeePerGas;
    uint256 paymaster;
    uint256 nonce;
    uint256 value;
    uint256[4] reserved;
    bytes data;
    bytes signature;
    uint256[] factoryDeps;
    bytes paymasterInput;
    bytes reservedDynamic;
}

/// Tells of a chain's move to another settlement layer, on the chain it leaves and on the one it goes to.
contract ChainAssetHandler {
    address public immutable admin = msg.sender;

    event MigrationStarted(uint256 indexed chainId, bytes32 indexed assetId, uint256 indexed settlementLayerChainId);
    event MigrationFinalized(uint256 indexed chainId, bytes32 indexed assetId, address indexed zkChain);

    function start(uint256 chainId, uint256 layer) external {
        require(msg.sender == admin);
        emit MigrationStarted(chainId, keccak256(abi.encode(chainId)), layer);
    }

    function finish(uint256 chainId, address chain) external {
        require(msg.sender == admin);
        emit MigrationFinalized(chainId, keccak256(abi.encode(chainId)), chain);
    }
}

/// Tells a chain's node to get ready for such a move.
contract ServerNotifier {
    address public immutable admin = msg.sender;

    event MigrateToGateway(uint256 indexed chainId);
    event MigrateFromGateway(uint256 indexed chainId);

    function announce(uint256 chainId, bool back) external {
        require(msg.sender == admin);
        if (back) emit MigrateFromGateway(chainId);
        else emit MigrateToGateway(chainId);
    }
}

contract ChainTypeManager {
    address public validatorTimelockPostV29;
    address public serverNotifierAddress;
    address public immutable admin = msg.sender;
    mapping(uint256 => uint256) public protocolVersionDeadline;

    event UpdateProtocolVersionDeadline(uint256 indexed protocolVersion, uint256 deadline);

    function setTimelock(address timelock) external {
        require(msg.sender == admin);
        validatorTimelockPostV29 = timelock;
    }

    function setServerNotifier(address notifier) external {
        require(msg.sender == admin);
        serverNotifierAddress = notifier;
    }

    function setProtocolVersionDeadline(uint256 version, uint256 deadline) external {
        require(msg.sender == admin);
        protocolVersionDeadline[version] = deadline;
        emit UpdateProtocolVersionDeadline(version, deadline);
    }

    function validatorTimelock() external view returns (address) {
        return validatorTimelockPostV29;
    }

    function protocolVersionIsActive(uint256 version) external view returns (bool) {
        return block.timestamp <= protocolVersionDeadline[version];
    }
}

contract Bridgehub {
    address public immutable admin = msg.sender;
    address public assetRouter;
    address public chainAssetHandler;
    bool public migrationPaused;
    mapping(uint256 => address) public getZKChain;
    mapping(uint256 => address) public chainTypeManager;
    mapping(uint256 => uint256) public settlementLayer;

    function setAssetRouter(address router) external {
        require(msg.sender == admin);
        assetRouter = router;
    }

    function setChainAssetHandler(address handler) external {
        require(msg.sender == admin);
        chainAssetHandler = handler;
    }

    function register(uint256 chainId, address chain, address manager) external {
        require(msg.sender == admin);
        getZKChain[chainId] = chain;
        chainTypeManager[chainId] = manager;
        settlementLayer[chainId] = block.chainid;
    }

    function setSettlementLayer(uint256 chainId, uint256 layer) external {
        require(msg.sender == admin);
        settlementLayer[chainId] = layer;
    }

    function getHyperchain(uint256 chainId) external view returns (address) {
        return getZKChain[chainId];
    }

    function sharedBridge() external view returns (address) {
        return assetRouter;
    }
}

contract L1Nullifier {
    Bridgehub public immutable BRIDGE_HUB;
    mapping(uint256 => mapping(uint256 => mapping(uint256 => bool))) public isWithdrawalFinalized;

    error WithdrawalAlreadyFinalized();
    error InvalidProof();

    constructor(Bridgehub hub) {
        BRIDGE_HUB = hub;
    }

    function finalizeDeposit(uint256 chainId, uint256 batch, uint256 index) external {
        if (isWithdrawalFinalized[chainId][batch][index]) revert WithdrawalAlreadyFinalized();
        if (Diamond(BRIDGE_HUB.getZKChain(chainId)).l2LogsRootHash(batch) == 0) revert InvalidProof();
        isWithdrawalFinalized[chainId][batch][index] = true;
    }
}

contract L1AssetRouter {
    L1Nullifier public immutable L1_NULLIFIER;

    constructor(L1Nullifier nullifier) {
        L1_NULLIFIER = nullifier;
    }

    function isWithdrawalFinalized(uint256 chainId, uint256 batch, uint256 index) external view returns (bool) {
        return L1_NULLIFIER.isWithdrawalFinalized(chainId, batch, index);
    }
}

contract ValidatorTimelock {
    uint32 public executionDelay;
    address public immutable owner = msg.sender;
    address public firstChain;
    mapping(address => mapping(uint256 => uint32)) internal committedAt;
    mapping(address => bool) public isOperator;

    event NewExecutionDelay(uint256 newExecutionDelay);
    error Unauthorized(address caller);
    error TimeNotReached(uint256 expectedTimestamp, uint256 actualTimestamp);

    constructor(uint32 delay, address[] memory operators) {
        executionDelay = delay;
        for (uint256 i = 0; i < operators.length; i++) isOperator[operators[i]] = true;
    }

    modifier onlyOperator() {
        if (!isOperator[msg.sender]) revert Unauthorized(msg.sender);
        _;
    }

    function setExecutionDelay(uint32 delay) external {
        if (msg.sender != owner) revert Unauthorized(msg.sender);
        executionDelay = delay;
        emit NewExecutionDelay(delay);
    }

    function getCommittedBatchTimestamp(address chain, uint256 batch) external view returns (uint256) {
        return committedAt[chain][batch];
    }

    function committedBatchTimestamp(uint256 batch) external view returns (uint256) {
        return committedAt[firstChain][batch];
    }

    function precommitSharedBridge(address chain, uint256 lastBlock, bytes calldata data) external onlyOperator {
        Diamond(chain).precommit(lastBlock, data);
    }

    function commitBatchesSharedBridge(address chain, uint256 from, uint256 to, bytes calldata data) external onlyOperator {
        if (firstChain == address(0)) firstChain = chain;
        for (uint256 batch = from; batch <= to; batch++) committedAt[chain][batch] = uint32(block.timestamp);
        Diamond(chain).commitBatches(data);
    }

    function proveBatchesSharedBridge(address chain, uint256, uint256 to, bytes calldata) external onlyOperator {
        Diamond(chain).proveBatches(to);
    }

    function executeBatchesSharedBridge(address chain, uint256 from, uint256 to, bytes calldata data) external onlyOperator {
        for (uint256 batch = from; batch <= to; batch++) {
            uint256 eligible = uint256(committedAt[chain][batch]) + executionDelay;
            if (block.timestamp < eligible) revert TimeNotReached(eligible, block.timestamp);
        }
        Diamond(chain).executeBatches(data);
    }

    function revertBatchesSharedBridge(address chain, uint256 newLast) external onlyOperator {
        Diamond(chain).revertBatches(newLast);
    }
}

contract Diamond {
    uint256 public immutable getChainId;
    address public immutable getAdmin = msg.sender;
    address public immutable getBridgehub;
    address public immutable getChainTypeManager;
    address public immutable getVerifier = address(0x1337);
    address internal immutable timelock;
    bool internal immutable zksyncOs;

    uint256 internal committed;
    uint256 internal verified;
    uint256 internal executed;
    uint256 internal priorityTotal;
    uint256 internal priorityDone;
    uint256 public getProtocolVersion;
    address public getSettlementLayer;
    bool public isDiamondStorageFrozen;
    mapping(uint256 => bytes32) internal stored;
    mapping(uint256 => bytes32) public l2LogsRootHash;

    event BlockCommit(uint256 indexed batchNumber, bytes32 indexed batchHash, bytes32 indexed commitment);
    event BlocksVerification(uint256 indexed previousLastVerifiedBatch, uint256 indexed currentLastVerifiedBatch);
    event BlockExecution(uint256 indexed batchNumber, bytes32 indexed batchHash, bytes32 indexed commitment);
    event BlocksRevert(uint256 totalBatchesCommitted, uint256 totalBatchesVerified, uint256 totalBatchesExecuted);
    event BatchPrecommitmentSet(
        uint256 indexed batchNumber,
        uint256 indexed untrustedLastL2BlockNumberHint,
        bytes32 precommitment
    );
    event ReportCommittedBatchRangeZKsyncOS(
        uint64 indexed batchNumber,
        uint64 indexed firstBlockNumber,
        uint64 indexed lastBlockNumber
    );
    event NewPriorityRequest(
        uint256 txId,
        bytes32 txHash,
        uint64 expirationTimestamp,
        L2CanonicalTransaction transaction,
        bytes[] factoryDeps
    );
    event NewPriorityRequestId(uint256 indexed txId, bytes32 indexed txHash);
    event Freeze();
    event Unfreeze();

    error Unauthorized(address caller);
    error InvalidProtocolVersion();
    error NotSettlementLayer();
    error BatchNumberMismatch(uint256 expectedBatchNumber, uint256 providedBatchNumber);
    error BatchHashMismatch(bytes32 expected, bytes32 actual);
    error VerifiedBatchesExceedsCommittedBatches();
    error CantExecuteUnprovenBatches();
    error RevertedBatchNotAfterNewLastBatch();
    error CantRevertExecutedBatch();

    constructor(uint256 chainId, address hub, address manager, address validators, uint256 version, bool isOs) {
        getChainId = chainId;
        getBridgehub = hub;
        getChainTypeManager = manager;
        timelock = validators;
        getProtocolVersion = version;
        zksyncOs = isOs;
    }

    // As on the real diamond, a selector that no facet has is refused with "F" and a frozen facet with "q1".
    fallback() external {
        revert("F");
    }

    modifier whenWarm() {
        require(!isDiamondStorageFrozen, "q1");
        _;
    }

    modifier onlyAdmin() {
        if (msg.sender != getAdmin) revert Unauthorized(msg.sender);
        _;
    }

    modifier onlyTimelock() {
        if (msg.sender != timelock) revert Unauthorized(msg.sender);
        require(!isDiamondStorageFrozen, "q1");
        if (getSettlementLayer != address(0)) revert NotSettlementLayer();
        _;
    }

    function getTotalBatchesCommitted() external view returns (uint256) { return committed; }
    function getTotalBatchesVerified() external view returns (uint256) { return verified; }
    function getTotalBatchesExecuted() external view returns (uint256) { return executed; }
    function getTotalBlocksCommitted() external view returns (uint256) { return committed; }
    function getTotalBlocksVerified() external view returns (uint256) { return verified; }
    function getTotalBlocksExecuted() external view returns (uint256) { return executed; }
    function getTotalPriorityTxs() external view returns (uint256) { return priorityTotal; }
    function getFirstUnprocessedPriorityTx() external view returns (uint256) { return priorityDone; }
    function getPriorityQueueSize() external view returns (uint256) { return priorityTotal - priorityDone; }
    function storedBatchHash(uint256 batch) external view returns (bytes32) { return stored[batch]; }
    function storedBlockHash(uint256 batch) external view returns (bytes32) { return stored[batch]; }
    function getGovernor() external view returns (address) { return getAdmin; }
    function getStateTransitionManager() external view returns (address) { return getChainTypeManager; }
    function isValidator(address account) external view returns (bool) { return account == timelock; }

    function getZKsyncOS() external view returns (bool) {
        require(zksyncOs, "F");
        return true;
    }

    function getSemverProtocolVersion() external view returns (uint32, uint32, uint32) {
        return (0, uint32(getProtocolVersion >> 32), uint32(getProtocolVersion));
    }

    function precommit(uint256 lastBlock, bytes calldata data) external onlyTimelock {
        (uint256 batch, bytes32 precommitment) = abi.decode(data, (uint256, bytes32));
        emit BatchPrecommitmentSet(batch, lastBlock, precommitment);
    }

    function commitBatches(bytes calldata data) external onlyTimelock {
        if (!ChainTypeManager(getChainTypeManager).protocolVersionIsActive(getProtocolVersion)) {
            revert InvalidProtocolVersion();
        }
        Batch[] memory batches = abi.decode(data, (Batch[]));
        for (uint256 i = 0; i < batches.length; i++) {
            Batch memory batch = batches[i];
            if (batch.number != committed + 1) revert BatchNumberMismatch(committed + 1, batch.number);
            committed = batch.number;
            stored[batch.number] = keccak256(abi.encode(batch));
            emit BlockCommit(batch.number, batch.hash, batch.commitment);
            if (zksyncOs) {
                emit ReportCommittedBatchRangeZKsyncOS(uint64(batch.number), batch.firstBlock, batch.lastBlock);
            }
        }
    }

    function proveBatches(uint256 to) external onlyTimelock {
        if (to > committed) revert VerifiedBatchesExceedsCommittedBatches();
        emit BlocksVerification(verified, to);
        verified = to;
    }

    function executeBatches(bytes calldata data) external onlyTimelock {
        (Batch[] memory batches, uint256 priorityOps) = abi.decode(data, (Batch[], uint256));
        for (uint256 i = 0; i < batches.length; i++) {
            Batch memory batch = batches[i];
            if (batch.number != executed + 1) revert BatchNumberMismatch(executed + 1, batch.number);
            if (batch.number > verified) revert CantExecuteUnprovenBatches();
            bytes32 hash = keccak256(abi.encode(batch));
            if (stored[batch.number] != hash) revert BatchHashMismatch(stored[batch.number], hash);
            executed = batch.number;
            l2LogsRootHash[batch.number] = batch.logsRoot;
            emit BlockExecution(batch.number, batch.hash, batch.commitment);
        }
        priorityDone += priorityOps;
    }

    function revertBatches(uint256 newLast) external onlyTimelock {
        if (committed < newLast) revert RevertedBatchNotAfterNewLastBatch();
        if (newLast < executed) revert CantRevertExecutedBatch();
        committed = newLast;
        if (verified > newLast) verified = newLast;
        emit BlocksRevert(committed, verified, executed);
    }

    function requestL2Transaction(
        address to,
        uint256 value,
        bytes calldata data,
        uint256 gasLimit,
        uint256 gasPerPubdata,
        bytes[] calldata factoryDeps,
        address refundRecipient
    ) external payable whenWarm returns (bytes32 txHash) {
        L2CanonicalTransaction memory request;
        request.txType = 255;
        request.from = uint256(uint160(msg.sender));
        request.to = uint256(uint160(to));
        request.gasLimit = gasLimit;
        request.gasPerPubdataByteLimit = gasPerPubdata;
        request.maxFeePerGas = 250000000;
        request.nonce = priorityTotal;
        request.value = value;
        request.reserved[0] = msg.value;
        request.reserved[1] = uint256(uint160(refundRecipient));
        request.data = data;
        txHash = keccak256(abi.encode(request));
        emit NewPriorityRequest(priorityTotal, txHash, uint64(block.timestamp + 8 days), request, factoryDeps);
        emit NewPriorityRequestId(priorityTotal, txHash);
        priorityTotal++;
    }

    function freezeDiamond() external onlyAdmin {
        isDiamondStorageFrozen = true;
        emit Freeze();
    }

    function unfreezeDiamond() external onlyAdmin {
        isDiamondStorageFrozen = false;
        emit Unfreeze();
    }

    // What an upgrade or a migration would change; the sandbox sets it directly.
    function setProtocolVersion(uint256 version) external onlyAdmin {
        getProtocolVersion = version;
    }

    function setSettlementLayer(address layer) external onlyAdmin {
        getSettlementLayer = layer;
    }
}

contract Multicall3 {
    struct Call3 {
        address target;
        bool allowFailure;
        bytes callData;
    }

    struct Result {
        bool success;
        bytes returnData;
    }

    function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory results) {
        results = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            (results[i].success, results[i].returnData) = calls[i].target.call(calls[i].callData);
            require(results[i].success || calls[i].allowFailure, "Multicall3: call failed");
        }
    }

    function getBlockNumber() external view returns (uint256) { return block.number; }
    function getCurrentBlockTimestamp() external view returns (uint256) { return block.timestamp; }
    function getEthBalance(address account) external view returns (uint256) { return account.balance; }
}
